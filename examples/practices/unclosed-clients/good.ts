/**
 * One client for all calls, closed at the end of the block with its connections, whatever came of the calls. Inside of
 * Effect the end of a layer's scope does it.
 */
import { PromiseAgent } from "greenlang"
import * as Http from "greenlang/http/Http"
import { setTimeout } from "node:timers/promises"
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
  while (grid.connections() > 0) await setTimeout(10) // until the server has seen it
  console.log(`${grid.connections()} connections are left.`)
}
