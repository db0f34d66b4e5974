/**
 * The body of an answer that is not the one that was asked for: a refusal, or a redirect. It may never end, and says little
 * worth waiting for.
 */
import * as Effect from "effect/Effect"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"

/** How long a body is waited for. */
const within = "2 seconds"

/** Bytes that are read. */
const longest = 1_024 * 1_024

/**
 * What comes of the body in 2 seconds, 1 MiB at most. The connection of one that goes on is closed, that of one that has ended
 * can be used again. Never fails.
 */
export const read = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<Uint8Array> =>
  Effect.suspend(() => {
    const pieces: Array<Uint8Array> = []
    let size = 0
    return Stream.runForEachWhile(response.stream, (piece) =>
      Effect.sync(() => {
        pieces.push(piece)
        size += piece.length
        return size < longest
      })).pipe(
        Effect.timeoutOption(within),
        Effect.ignore,
        Effect.map(() => new Uint8Array(Buffer.concat(pieces)))
      )
  })
