/**
 * How a command ends at a signal.
 */
import * as Context from "effect/Context"

/**
 * A command that is stopped by SIGINT or SIGTERM ends with 130 or 143. For a server that is the way to end: it sets `succeeds`
 * and ends with 0, also where the reader of its output has gone.
 *
 * @category services
 */
export const Stop = Context.Reference<{ succeeds: boolean }>("greenlang/cli/Stop", {
  defaultValue: () => ({ succeeds: false })
})
