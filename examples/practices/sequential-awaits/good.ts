/**
 * Calls that do not need each other are made together, and answered in order. Inside of Effect, `Agent.batch` and the
 * steps of a pipeline do the same, with a bound on how many.
 */
import { PromiseAgent } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Grid from "../../support/Grid.ts"
import { countries, Intensity } from "../../support/Intensity.ts"

export const main = async (grid: string): Promise<Array<number>> => {
  await using intensity = await PromiseAgent.open(Intensity, Http.layer())
  const results = await Promise.all(countries.map((country) => intensity.execute(`${grid}/intensity/${country}`)))
  return results.map(({ value }) => value)
}

if (import.meta.main) {
  await using grid = await Grid.start()
  console.log(await main(grid.url))
}
