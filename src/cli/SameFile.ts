/**
 * Whether a command would write over a file that it reads.
 */
import * as Effect from "effect/Effect"
import { stat } from "node:fs/promises"
import { UsageError } from "./CliError.ts"

/**
 * Fails with a `UsageError` where one of the `written` files is one of those that are `read`, by whatever path or link.
 *
 * @category checks
 */
export const refuse = Effect.fnUntraced(function*(
  written: ReadonlyArray<string>,
  read: ReadonlyArray<string>
): Effect.fn.Return<void, UsageError> {
  for (const output of written) {
    const place = yield* placeOf(output)
    if (place === undefined) continue
    for (const input of read) {
      if (place !== (yield* placeOf(input))) continue
      return yield* new UsageError({
        problem: `${output} cannot be written: it is the same file as ${input}, which is read.`
      })
    }
  }
})

/** Where the file is on its disk. `undefined` where there is none. */
const placeOf = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(() => stat(path, { bigint: true }).then(({ dev, ino }) => `${dev} ${ino}`, () => undefined))
