/**
 * What the programs of the migration live in: a service that they ask, a database that they read, and the environment
 * that says where both are.
 */
import * as Grid from "../support/Grid.ts"
import * as Meters from "../support/Meters.ts"

/** How long the service takes for an answer, in milliseconds. */
export const delay = 100

/** Opens it. It goes at the end of the block. */
export const open = async (): Promise<AsyncDisposable & { readonly grid: Grid.Grid }> => {
  const meters = Meters.create()
  const grid = await Grid.start({ delay })
  process.env["METERS"] = meters.file
  process.env["GRID_URL"] = grid.url
  return {
    grid,
    [Symbol.asyncDispose]: async () => {
      await grid[Symbol.asyncDispose]()
      meters[Symbol.dispose]()
    }
  }
}
