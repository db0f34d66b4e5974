/**
 * A client without a limit: the first server says nothing, and this program waits for as long as that one likes, before
 * it asks the second.
 */
import * as Grid from "../../support/Grid.ts"

const ask = async (url: string): Promise<number> => {
  const response = await fetch(url)
  const { grams } = await response.json() as { readonly grams: number }
  return grams
}

export const main = (grid: string): Promise<number> => ask(`${grid}/stuck`).catch(() => ask(`${grid}/intensity/DE`))

if (import.meta.main) {
  await using grid = await Grid.start()
  console.log(await main(grid.url))
}
