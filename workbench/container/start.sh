#!/bin/sh
# Makes the work folder ready, and then waits: people come in by 'kubectl exec', where everything they need is in the
# environment. Words after it are run instead of the waiting.
set -eu
work=${SNOOP_WORK:-/workspace}
account=${SNOOP_SERVICE_ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}
kubeconfig=${SNOOP_KUBECONFIG:-/run/snoop/kubeconfig}

mkdir -p "$work/home"
# What somebody wrote there is left alone, also when the image is a newer one.
if [ ! -e "$work/examples" ]; then
  rm -rf "$work/.examples.new"
  cp -R /app/workbench/examples "$work/.examples.new"
  mv "$work/.examples.new" "$work/examples"
fi

# A Pod's ServiceAccount as a kubeconfig. The token is read from its file at each request: the kubelet renews it.
if [ -r "$account/token" ] && [ -n "${KUBERNETES_SERVICE_HOST:-}" ]; then
  case $KUBERNETES_SERVICE_HOST in *:*) host="[$KUBERNETES_SERVICE_HOST]" ;; *) host=$KUBERNETES_SERVICE_HOST ;; esac
  umask 077
  mkdir -p "$(dirname "$kubeconfig")"
  cat >"$kubeconfig.new" <<EOF
apiVersion: v1
kind: Config
current-context: in-cluster
clusters:
  - name: in-cluster
    cluster:
      server: https://$host:${KUBERNETES_SERVICE_PORT:-443}
      certificate-authority: $account/ca.crt
contexts:
  - name: in-cluster
    context:
      cluster: in-cluster
      user: workbench
      namespace: $(cat "$account/namespace" 2>/dev/null || echo default)
users:
  - name: workbench
    user:
      tokenFile: $account/token
EOF
  mv "$kubeconfig.new" "$kubeconfig"
fi

if [ $# -gt 0 ]; then exec "$@"; fi

exec sleep infinity
