/**
 * The error of a body that is longer than its limit.
 */
import * as Schema from "effect/Schema"

/**
 * A response was longer than `limit` bytes, or a compressed one would have been, and its connection was closed. It is the
 * `cause` of the `HttpClientError` that the call fails with. `Http.layer({ maxBodyBytes })` sets the limit.
 *
 * @category errors
 */
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>()("BodyTooLarge", {
  limit: Schema.Finite
}) {
  override get message() {
    return `the body is longer than ${this.limit} bytes, which maxBodyBytes allows, and the connection was closed`
  }
}
