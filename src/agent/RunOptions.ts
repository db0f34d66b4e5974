/**
 * How a run is carried out: how long it may take, and what is checked and recorded.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"

/**
 * Limits of the phases of a run, and of the run as a whole, which holds for hooks too. Zero or less fails at once,
 * `Duration.infinity` means none. They take the place of the limits set further out: those of a call that of its agent,
 * those of an agent that of `Defaults`. Only a limit of the whole run that is left out stays.
 *
 * @category models
 */
export interface Limits {
  readonly validate?: Duration.Input
  readonly execute?: Duration.Input
  readonly finalize?: Duration.Input
  readonly run?: Duration.Input
}

/** @category models */
export interface RunOptions {
  /** In place of the agent's own limits. A bare duration limits the run as a whole, and nothing else. */
  readonly timeout?: Duration.Input | Limits
  /** What to do with keys that the input schema does not name: drop them (the default), or fail with `InvalidInput`. */
  readonly onExcessProperty?: "ignore" | "error"
}

/**
 * The limit of a run, and of the build of the services of an open agent, where none is stated.
 *
 * @category constants
 */
export const defaultTimeout: Duration.Input = "5 minutes"

/**
 * What holds where neither the agent nor the call states it: `defaultTimeout` for a run, everything checked and recorded.
 *
 * @category references
 */
export const Defaults = Context.Reference<Settings>("greenlang/agent/Agent/Defaults", {
  defaultValue: () => ({ timeout: defaultTimeout, validation: "on", citations: "on", metrics: "on" })
})

/** @category models */
export interface Settings {
  readonly timeout: Duration.Input | Limits
  /** `off` hands the input to `validate` and `execute` as it came. */
  readonly validation: "on" | "off"
  /** `off` leaves `metadata.citations` empty. */
  readonly citations: "on" | "off"
  /** `off` measures no time: `metadata.durationMs` is absent, and statistics count runs only. */
  readonly metrics: "on" | "off"
}
