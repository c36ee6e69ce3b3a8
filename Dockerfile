# Two images of one static binary:
#   docker build --target shell .    with a shell, which GitLab CI needs
#   docker build .                   the binary alone
#   docker run --rm -v "$PWD:/src:ro" IMAGE .
# Base images are pinned by version. Pin them by digest where the build must be repeatable bit by bit.
FROM rust:1.95-alpine AS build
# A C compiler, for the allocator. Its version is that of the base image.
# hadolint ignore=DL3018
RUN apk add --no-cache gcc musl-dev
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY rules rules
COPY benches benches
RUN cargo build --release --locked --bin iac-check

FROM alpine:3.23 AS shell
LABEL org.opencontainers.image.title="iac-check" \
      org.opencontainers.image.source="https://github.com/iac-check/iac-check" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /build/target/release/iac-check /usr/local/bin/iac-check
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["iac-check"]

FROM scratch
LABEL org.opencontainers.image.title="iac-check" \
      org.opencontainers.image.source="https://github.com/iac-check/iac-check" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /build/target/release/iac-check /iac-check
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["/iac-check"]
