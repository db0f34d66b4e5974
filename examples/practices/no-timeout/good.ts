/**
 * A limit that fits the call. When it passes, the connection is closed, and the second server is asked. The client has a
 * limit of 60 seconds where none is said, an agent one of 5 minutes.
 */
import { Effect } from "effect"
import { Agent } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Grid from "../../support/Grid.ts"
import { Intensity } from "../../support/Intensity.ts"

export const main = (grid: string): Promise<number> =>
  Agent.call(Intensity, `${grid}/stuck`).pipe(
    Effect.catchTag("HttpClientError", () => Agent.call(Intensity, `${grid}/intensity/DE`)),
    Effect.provide(Http.layer({ timeout: "250 millis", retries: 0 })),
    Effect.runPromise
  )

if (import.meta.main) {
  await using grid = await Grid.start()
  console.log(await main(grid.url))
}
