#!/bin/bash
# A GPU worker as a Slurm job. From the checkout, on a file system that the nodes share:
#
#     export DATABASE_URL=… REDIS_URL=…
#     sbatch --gpus=1 --time=24:00:00 worker/cluster/slurm.sh
#
# Two minutes before the time limit it gives its units back and the job is put into the queue again
# (so it is when its node fails or it is preempted): a run of weeks needs no more attention than
# one of hours. `scancel` ends it for good. Options on the command line override those below.
#SBATCH --job-name=winnow-gpu
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --requeue
#SBATCH --signal=B:USR1@120
#SBATCH --open-mode=append
#SBATCH --output=winnow-gpu-%j.log
set -u
# Slurm runs a copy of this file from its spool: the checkout is where sbatch was called.
cd "${WINNOW_CHECKOUT:-$SLURM_SUBMIT_DIR}" || exit 1

worker/cluster/run.sh &
worker=$!
requeue=0
near_the_limit() {
    requeue=1
    kill -USR1 "$worker"
}
trap near_the_limit USR1
trap 'kill -TERM "$worker"' TERM INT

while :; do
    status=0
    wait "$worker" || status=$?
    kill -0 "$worker" 2> /dev/null || break
done
if [ "$requeue" -eq 1 ]; then
    echo "slurm.sh: the time limit is near; the job goes into the queue again"
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
