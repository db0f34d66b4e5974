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
import * as VendorError from "./VendorError.ts"

/**
 * Adds the outcomes in a file to `outcomes`, and gives the number of lines that say something. Of two lines about one call the one
 * with an answer holds, else the first. Fails with the vendor's words where the file is an error.
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
    /** Lines of the calls that were asked. */
    let known = 0
    let unread: string | undefined
    /** An error that stands in place of the lines. */
    let error: VendorError.VendorError | undefined
    const addLine = (json: LooseJson.Fields | undefined, text: string) => {
      if (json === undefined) unread ??= text
      else readable++
      // The id stands at the beginning of a line, so that one which was cut still says whose it is.
      const id = LooseJson.label(json?.["custom_id"] ?? json?.["customId"] ?? json?.["recordId"] ?? json?.["key"]) ??
        /"custom_id"\s*:\s*"([^"\\]+)"/.exec(text)?.[1]
      if (id === undefined) error ??= VendorError.find(json, () => false)
      const line = id === undefined ? undefined : lines.get(id)
      if (line === undefined) return
      known++
      const before = outcomes.get(line.id)
      if (before !== undefined && Result.isSuccess(before)) return
      const outcome = json === undefined ? Result.fail(options.fail(unreadable(text))) : options.outcomeOf(json, line)
      if (before === undefined || Result.isSuccess(outcome)) outcomes.set(line.id, outcome)
    }
    /** Some servers write a list of the lines, in one line or over several. */
    const add = (given: string) => {
      const text = given.trim().replace(/,$/, "")
      if (text === "[" || text === "]" || text === "") return
      const json = Result.getOrUndefined(Result.try(() => LooseJson.parse(text)))
      const list = LooseJson.objects(json)
      if (list === undefined || list.length === 0) return addLine(LooseJson.fields(json), text)
      for (const one of list) addLine(one, "")
    }
    return LlmWire.linesOf(response).pipe(
      Stream.mapError(options.fail),
      Stream.runForEach((text) => Effect.sync(() => add(text))),
      Effect.andThen(() => {
        if (known > 0) return Effect.succeed(known)
        if (error !== undefined) return Effect.fail(options.fail(LlmHttpError.fromVendor(error)))
        // A file without one good line is none, and may be read again.
        return readable === 0 && unread !== undefined
          ? Effect.fail(options.fail(EventReader.unreadable(unread, "a line of a batch")))
          : Effect.succeed(readable)
      })
    )
  })

const unreadable = (text: string) =>
  new AiError.InvalidResponseError({ description: `a line of the batch is not JSON: ${text}` })

/** The failure of a batch that has ended, and of which no answer is there: they may still be written. */
export const noAnswers = LlmHttpError.unanswered("the batch has ended, and the file of its answers is empty")
