/**
 * What can go wrong with a `Cassette`.
 */
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import * as Difference from "./Difference.ts"

/**
 * The file cannot be read or written, or is not a cassette: `reason` says why.
 *
 * @category errors
 */
export class CassetteUnusable extends Schema.TaggedError<CassetteUnusable>()("CassetteUnusable", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return Described.cut(Described.printable(`the cassette ${this.path} cannot be used: ${this.reason}`), 2_000)
  }
}

/**
 * A recording was asked for where `CI` is set: there a missing cassette is one that was not committed.
 *
 * @category errors
 */
export class RecordingRefused extends Schema.TaggedError<RecordingRefused>()("RecordingRefused", {
  path: Schema.String
}) {
  override get message() {
    return `${this.path} is not recorded in CI: record it on your machine and commit it`
  }
}

/**
 * The cassette holds no answer to a request. `differences` are those from the nearest recorded one that is not yet used;
 * there are none where all equal ones are.
 *
 * A replaying provider fails with an `AiError` that says the same, of the reason `InvalidRequestError`, which no retry
 * repeats; and where that was caught, the layer dies with this error when it is closed after a success.
 *
 * @category errors
 */
export class CassetteMismatch extends Schema.TaggedError<CassetteMismatch>()("CassetteMismatch", {
  path: Schema.String,
  request: Schema.String,
  differences: Schema.Array(
    Schema.Struct({ path: Schema.String, expected: Schema.Unknown, actual: Schema.Unknown })
  )
}) {
  override get message() {
    const why = this.differences.length === 0
      ? "and all that are equal to it have been replayed"
      : `and differs from the nearest recorded one:\n${
        this.differences.slice(0, 20).map((difference) => `  ${Difference.render(difference)}`).join("\n")
      }`
    return `${this.path} does not hold this request, ${why}\nin ${this.request}\nDelete the file to record it anew.`
  }
}
