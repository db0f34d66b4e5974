/**
 * Files of answers, one JSON a line. A line that cannot be read fails alone.
 */
import * as AiError from "effect/ai/AiError"
import * as Effect from "effect/Effect"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Line, Outcome } from "../LlmBatchVendor.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as LlmWire from "../LlmWire.ts"
import * as EventReader from "./EventReader.ts"
import * as LooseJson from "./LooseJson.ts"

/**
 * Adds the outcomes in a file to `outcomes`, and gives the number of lines that could be read. Of two lines about one call the one
 * with an answer holds, else the first.
 */
export const collect = (
  response: HttpClientResponse.HttpClientResponse,
  lines: ReadonlyMap<string, Line>,
  outcomes: Map<string, Outcome>,
  options: {
    readonly fail: (reason: AiError.AiErrorReason) => AiError.AiError
    readonly outcomeOf: (json: LooseJson.Fields, line: Line) => Outcome
  }
): Effect.Effect<number, AiError.AiError> =>
  Effect.suspend(() => {
    let readable = 0
    let unread: string | undefined
    const add = (text: string) => {
      const json = LooseJson.fields(Result.getOrUndefined(Result.try(() => LooseJson.parse(text))))
      if (json === undefined) unread ??= text
      else readable++
      // The id stands at the beginning of a line, so that one which was cut still says whose it is.
      const id = LooseJson.label(json?.["custom_id"] ?? json?.["customId"] ?? json?.["recordId"] ?? json?.["key"]) ??
        /"custom_id"\s*:\s*"([^"\\]+)"/.exec(text)?.[1]
      const line = id === undefined ? undefined : lines.get(id)
      if (line === undefined) return
      const known = outcomes.get(line.id)
      if (known !== undefined && Result.isSuccess(known)) return
      const outcome = json === undefined ? Result.fail(options.fail(unreadable(text))) : options.outcomeOf(json, line)
      if (known === undefined || Result.isSuccess(outcome)) outcomes.set(line.id, outcome)
    }
    return LlmWire.linesOf(response).pipe(
      Stream.mapError(options.fail),
      Stream.runForEach((text) => Effect.sync(() => add(text))),
      // A file without one good line is none, and may be read again.
      Effect.andThen(() =>
        readable === 0 && unread !== undefined
          ? Effect.fail(options.fail(EventReader.unreadable(unread, "a line of a batch")))
          : Effect.succeed(readable)
      )
    )
  })

const unreadable = (text: string) =>
  new AiError.InvalidResponseError({ description: `a line of the batch is not JSON: ${text}` })

/** The failure of a batch that has ended, and of which no answer is there: they may still be written. */
export const noAnswers = LlmHttpError.unanswered("the batch has ended, and the file of its answers is empty")
