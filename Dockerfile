# The image of compose.yaml: the checkout with its environment; model engines are made by the GPU
# worker at its first start (worker/cluster/run.sh), since they depend on its driver.
FROM python:3.11-bookworm
WORKDIR /opt/winnow
COPY . .
RUN scripts/bootstrap && touch .venv/.setup
CMD [".venv/bin/python", "-m", "apps.core.processes", "up"]
