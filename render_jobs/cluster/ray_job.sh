#!/usr/bin/env bash
# Submit a job to a Ray cluster that is up, from a machine that needs neither Blender nor a GPU:
#   render_jobs/cluster/ray_job.sh dsia_train s3://bucket/dsia_train [further options of dsia-gen render]
# The cluster's image has dsia-gen. RAY_API_SERVER_ADDRESS is the job server, by default a forwarded port on loopback
# (`ray dashboard ray_cluster.yaml` forwards it). The same command resumes; `ray job logs -f ID` follows it.
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: ray_job.sh JOB OUTPUT [OPTION ...]" >&2
  exit 2
fi
job=$1
output=$2
shift 2
exec ray job submit --address "${RAY_API_SERVER_ADDRESS:-http://127.0.0.1:8265}" --no-wait -- \
  dsia-gen render "$job" -o "$output" --executor ray --address auto "$@"
