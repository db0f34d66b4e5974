/**
 * Digests of texts, for keys of a bounded length.
 */
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"

/** SHA-256, in hexadecimal digits. */
export const of = (text: string): Effect.Effect<string> =>
  Effect.flatMap(Digest.Digest, (service) => service.digestHex(Digest.sha256, new TextEncoder().encode(text))).pipe(
    Effect.provide(Digest.layerWebCrypto)
  )
