/**
 * Digests of texts, for keys of a bounded length.
 */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"

/** SHA-256, in hexadecimal digits. */
export const of = (text: string): Effect.Effect<string> =>
  Effect.sync(() => createHash("sha256").update(text).digest("hex"))
