/**
 * A client that does not block: ten fibers wait together. What has no such client is lifted, as `migration/2-lifted.ts`
 * shows.
 */
import { Effect } from "effect"
import { Agent } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Grid from "../../support/Grid.ts"
import { countries, Intensity } from "../../support/Intensity.ts"

export const main = (grid: string): Promise<Array<number>> =>
  Effect.runPromise(
    Effect.forEach(
      countries,
      (country) => Agent.call(Intensity, `${grid}/intensity/${country}`),
      { concurrency: "unbounded" }
    ).pipe(Effect.provide(Http.layer()))
  )

if (import.meta.main) {
  await using grid = await Grid.start()
  console.log(await main(grid.url))
}
