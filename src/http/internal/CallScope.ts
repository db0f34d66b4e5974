/**
 * What a caller says about its own HTTP calls, for `Http` to read: set these around the calls, not around the client.
 */
import * as Context from "effect/Context"

/**
 * Whether a request may be sent again although its method does not say so. Calls to models set it: a second answer costs
 * money, and does no harm. Default: false.
 *
 * @category references
 */
export const Repeatable = Context.Reference<boolean>("greenlang/http/internal/CallScope/Repeatable", {
  defaultValue: () => false
})

/**
 * Whether a refusal of 429 or 5xx is final by what its body says, as that of an empty account: such a call is not repeated.
 * Default: none is.
 *
 * @category references
 */
export const IsFinal = Context.Reference<((status: number, body: string) => boolean) | undefined>(
  "greenlang/http/internal/CallScope/IsFinal",
  { defaultValue: () => undefined }
)

/**
 * The longest body that these calls take, in bytes, instead of the client's own limit. Downloads that are read piece by
 * piece, such as the results of a batch, set it. Default: the limit of the client.
 *
 * @category references
 */
export const MaxBodyBytes = Context.Reference<number | undefined>("greenlang/http/internal/CallScope/MaxBodyBytes", {
  defaultValue: () => undefined
})
