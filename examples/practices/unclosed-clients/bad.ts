/**
 * Every call opens the agent with a client of its own, which is never closed: each leaves a connection, here and at the
 * server, and none is used twice.
 */
import { PromiseAgent } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Grid from "../../support/Grid.ts"
import { countries, Intensity } from "../../support/Intensity.ts"

export const main = async (grid: string): Promise<Array<number>> => {
  const ask = async (country: string) => {
    const intensity = await PromiseAgent.open(Intensity, Http.layer())
    return intensity.execute(`${grid}/intensity/${country}`)
  }
  const results = await Promise.all(countries.map(ask))
  return results.map(({ value }) => value)
}

if (import.meta.main) {
  await using grid = await Grid.start()
  console.log(await main(grid.url))
  console.log(`${grid.connections()} connections are left.`)
}
