/**
 * What a vendor says that an answer cost, in US dollars: OpenRouter states it as `usage.cost`. Adapters keep it where it came, in
 * the metadata of the finish, under the name of their API. `LlmUsage` reads it there, and so it does for adapters of others.
 */
import type * as Response from "effect/ai/Response"
import * as LooseJson from "./LooseJson.ts"
import * as TokenCounts from "./TokenCounts.ts"

/** The cost that a usage states: a number from 0 to a million. Anything else states none. */
export const read = (usage: unknown): number | undefined => {
  const cost = LooseJson.fields(usage)?.["cost"]
  return typeof cost === "number" && cost >= 0 && cost <= most ? cost : undefined
}

/** More US dollars than an answer costs. */
const most = 1e6

/** The usage that states a cost, for the metadata of a finish. */
export const metadataOf = (
  api: "openai" | "anthropic",
  cost: number | undefined
): Pick<Response.FinishPartEncoded, "metadata"> =>
  cost === undefined ? {} : { metadata: { [api]: { usage: { cost } } } }

/** The largest cost that the metadata of a finish states. */
export const find = (metadata: Response.ProviderMetadata | undefined): number | undefined =>
  Object.values(metadata ?? {}).reduce<number | undefined>(
    (largest, own) => TokenCounts.max(largest, read(LooseJson.fields(own)?.["usage"])),
    undefined
  )
