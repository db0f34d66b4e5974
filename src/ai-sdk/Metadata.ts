/**
 * What a part of an answer keeps beside its content.
 */
import type { SharedV4ProviderMetadata, SharedV4Warning } from "@ai-sdk/provider"
import type * as Schema from "effect/Schema"

/** The vendor's own, and under `aiSdk` what the SDK reports and parts have no field for. Vendors leave fields `undefined`. */
export const metadata = ({ citations, finishReason, providerMetadata, usage, warnings }: {
  readonly providerMetadata?: SharedV4ProviderMetadata | undefined
  readonly citations?: ReadonlyArray<object> | undefined
  readonly warnings?: ReadonlyArray<SharedV4Warning> | undefined
  readonly finishReason?: string | undefined
  readonly usage?: object | undefined
}): { readonly metadata?: Record<string, Schema.Json> } => {
  const reported = { citations, finishReason, usage, warnings }
  const reports = Object.values(reported).some((field) => field !== undefined)
  return providerMetadata === undefined && !reports
    ? {}
    : { metadata: JSON.parse(JSON.stringify({ ...providerMetadata, ...(reports ? { aiSdk: reported } : {}) })) }
}
