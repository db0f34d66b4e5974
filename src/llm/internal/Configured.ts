/**
 * Options of which some come from the configuration.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"

/** Options, each as a value or as a `Config`. */
export type Configured<Options> = {
  readonly [K in keyof Options]: Options[K] | Config.Config<Exclude<Options[K], undefined>>
}

/** The options as they are configured. */
export const read = <Options extends object>(
  configured: Configured<Options>
): Effect.Effect<Options, Config.ConfigError> =>
  Effect.map(
    Effect.forEach(Object.entries(configured), ([name, value]: [string, unknown]) =>
      Config.isConfig(value)
        ? Effect.map(value, (value): readonly [string, unknown] => [name, value])
        : Effect.succeed([name, value] as const)),
    // each key has the type that it has in `Options`
    (entries) => Object.fromEntries(entries) as Options
  )
