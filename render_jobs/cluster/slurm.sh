#!/usr/bin/env bash
# A Ray cluster inside a Slurm allocation, and one job on it:
#   sbatch render_jobs/cluster/slurm.sh dsia_train /shared/data/dsia_train [further options of dsia-gen render]
# The output is a folder that all nodes see, or an address (s3://...). Submit the same again to resume.
#SBATCH --job-name=dsia-gen
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --time=24:00:00
#SBATCH --signal=B:TERM@300
#SBATCH --output=dsia-gen-%j.log
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: sbatch slurm.sh JOB OUTPUT [OPTION ...]" >&2
  exit 2
fi
job=$1
output=$2
shift 2

# Here: what makes dsia-gen available on a node, for example
#   module load cuda
#   source /shared/dsia-gen/.venv/bin/activate
export RAY_USAGE_STATS_ENABLED=0
export DSIA_GEN_CACHE=${DSIA_GEN_CACHE:-${TMPDIR:-/tmp}/dsia-gen-$USER}

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]}
address=$(srun --nodes=1 --ntasks=1 -w "$head" hostname --ip-address | awk '{print $1}')
port=$((20000 + SLURM_JOB_ID % 20000))
cpus=${SLURM_CPUS_PER_TASK:-1}
gpus=${SLURM_GPUS_ON_NODE:-0}
driver=

stop() {
  if [ -n "$driver" ]; then kill -TERM "$driver" 2>/dev/null || true; fi
}
trap stop TERM INT

# Every node keeps its `ray start --block` for as long as the allocation; the dashboard stays on loopback.
srun --nodes=1 --ntasks=1 --overlap -w "$head" \
  ray start --head --block --node-ip-address="$address" --port="$port" --dashboard-host=127.0.0.1 \
  --num-cpus="$cpus" --num-gpus="$gpus" &
sleep 15
if [ "${#nodes[@]}" -gt 1 ]; then
  others=$(IFS=,; echo "${nodes[*]:1}")
  srun --nodes=$((${#nodes[@]} - 1)) --ntasks=$((${#nodes[@]} - 1)) --overlap -w "$others" \
    ray start --block --address="$address:$port" --num-cpus="$cpus" --num-gpus="$gpus" &
fi

status=0
dsia-gen render "$job" -o "$output" --executor ray --address "$address:$port" "$@" &
driver=$!
wait "$driver" || status=$?
if kill -0 "$driver" 2>/dev/null; then  # a signal ended the wait: let the driver stop its scenes and tidy up
  status=0
  wait "$driver" || status=$?
fi
exit "$status"
