/**
 * The export by OTLP, as the configuration says. A module of its own, so that only programs that export load it.
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Layer from "effect/Layer"
import * as Otlp from "effect/observability/Otlp"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"

/** Traces, metrics and logs as JSON. */
export const layer = Otlp.layerFromConfig().pipe(
  Layer.provide(OtlpSerialization.layerJson),
  // OpenTelemetry's own defaults, which effect leaves to the configuration
  Layer.provide(ConfigProvider.layerAdd(ConfigProvider.fromEnv({
    env: {
      OTEL_SERVICE_NAME: "unknown_service:node",
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_LOGS_EXPORTER: "otlp"
    }
  })))
)
