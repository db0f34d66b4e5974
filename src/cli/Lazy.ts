/**
 * Modules that only some commands need: help and wrong usage answer without them.
 */
import * as Effect from "effect/Effect"

/**
 * @category loading
 */
export const load = <Module>(module: () => Promise<Module>): Effect.Effect<Module> => Effect.promise(module)
