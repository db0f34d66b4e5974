/**
 * Ten fibers at once, but each waits for its answer with the whole thread: no other moves meanwhile, no timer fires, no
 * timeout interrupts.
 */
import { Effect } from "effect"
import { getJson } from "../../support/BlockingHttp.ts"
import * as Grid from "../../support/Grid.ts"
import { countries } from "../../support/Intensity.ts"

export const main = (grid: string): Promise<Array<number>> =>
  Effect.runPromise(Effect.forEach(
    countries,
    (country) => Effect.sync((): number => getJson(`${grid}/intensity/${country}`).grams),
    { concurrency: "unbounded" }
  ))

if (import.meta.main) {
  await using grid = await Grid.start()
  console.log(await main(grid.url))
}
