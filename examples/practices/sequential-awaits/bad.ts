/**
 * Each call is awaited before the next is made, though none needs the answer of another: the times add up.
 */
import { PromiseAgent } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Grid from "../../support/Grid.ts"
import { countries, Intensity } from "../../support/Intensity.ts"

export const main = async (grid: string): Promise<Array<number>> => {
  await using intensity = await PromiseAgent.open(Intensity, Http.layer())
  const values: Array<number> = []
  for (const country of countries) {
    const { value } = await intensity.execute(`${grid}/intensity/${country}`)
    values.push(value)
  }
  return values
}

if (import.meta.main) {
  await using grid = await Grid.start()
  console.log(await main(grid.url))
}
