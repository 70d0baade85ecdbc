#!/bin/sh
# One GPU worker with its model servers, on any machine that has this checkout:
#
#     DATABASE_URL=… REDIS_URL=… worker/cluster/run.sh
#
# Nothing else is needed to join. It loads the modules of WINNOW_MODULES (a cluster's), makes the
# environments where they are missing, and starts one server per GPU unless WINNOW_SERVERS says
# otherwise. TERM, INT or USR1 (a time limit that comes near) end it: it sends nothing more, waits
# WINNOW_DRAIN_SECONDS for what is under way and gives its units back; a second signal ends it at
# once, and its leases run out. WINNOW_CLUSTER_COMMAND replaces the worker (for tests).
set -eu
cd "$(dirname "$0")/../.."

: "${DATABASE_URL:?set DATABASE_URL to the PostgreSQL that all workers share}"
: "${REDIS_URL:?set REDIS_URL to the Valkey that all workers share}"
export DATABASE_URL REDIS_URL

if [ -n "${WINNOW_MODULES:-}" ]; then
    # shellcheck disable=SC1091
    command -v module > /dev/null 2>&1 || . /etc/profile.d/modules.sh
    for name in $WINNOW_MODULES; do module load "$name"; done
fi

# What is written at run time stays on this node's own disk, apart from other jobs'.
WINNOW_VAR="${WINNOW_VAR:-${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/winnow-${SLURM_JOB_ID:-$$}}"
WINNOW_DRAIN_SECONDS="${WINNOW_DRAIN_SECONDS:-60}"
export WINNOW_VAR WINNOW_DRAIN_SECONDS
mkdir -p "$WINNOW_VAR"
chmod 700 "$WINNOW_VAR"

if [ -z "${WINNOW_CLUSTER_COMMAND:-}" ]; then
    [ -f .venv/.setup ] || scripts/bootstrap
    engine="${WINNOW_ENGINE:-vllm}"
    [ "$engine" = url ] || .venv/bin/python -m worker.engines.setup "$engine"
fi

if [ -z "${WINNOW_SERVERS:-}" ] && command -v nvidia-smi > /dev/null 2>&1; then
    gpus=$(nvidia-smi -L | grep -c '^GPU ') || gpus=1
    WINNOW_SERVERS=$((gpus / ${WINNOW_TENSOR_PARALLEL:-1}))
    [ "$WINNOW_SERVERS" -ge 1 ] || WINNOW_SERVERS=1
    export WINNOW_SERVERS
fi
[ -n "${WINNOW_SERVERS:-}" ] || unset WINNOW_SERVERS  # compose.yaml passes it on empty

name="gpu-$(hostname)-${SLURM_JOB_ID:-$$}"
${WINNOW_CLUSTER_COMMAND:-.venv/bin/celery -A worker.app worker -Q generate,judge -n "$name@%h" \
    --pool threads --concurrency 2 --without-gossip --without-mingle --loglevel INFO} &
worker=$!

ended=0
end() {
    [ "$ended" -eq 0 ] || kill -KILL "$worker" 2> /dev/null || true
    ended=1
    echo "run.sh: ends and gives its units back"
    kill -TERM "$worker" 2> /dev/null || true
}
trap end TERM INT USR1

# A signal interrupts `wait` (status above 128): wait again until the worker is really gone.
while :; do
    status=0
    wait "$worker" || status=$?
    kill -0 "$worker" 2> /dev/null || break
done
# Told to end by a time limit: the job is to be put back into the queue, not to count as failed.
[ "$ended" -eq 0 ] || status=0
exit "$status"
