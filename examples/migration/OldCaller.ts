/**
 * Code that cannot await, and does not want to know how the agents that it is given do their work: the same file before
 * and after.
 */

interface SyncAgent<In, Out> {
  initialize(): void
  execute(input: In): { readonly value: Out }
  getStats(): Readonly<Record<string, unknown>>
  cleanup(): void
}

interface Agents {
  readonly emissions: SyncAgent<{ site: string }, { readonly kilograms: number; readonly perSquareMetre: number }>
  readonly rating: SyncAgent<{ perSquareMetre: number }, { readonly grade: string }>
}

/** One line for each site. */
export const report = ({ emissions, rating }: Agents, sites: ReadonlyArray<string>): Array<string> => {
  emissions.initialize()
  rating.initialize()
  try {
    const lines = sites.map((site) => {
      try {
        const { kilograms, perSquareMetre } = emissions.execute({ site }).value
        const { grade } = rating.execute({ perSquareMetre }).value
        return `${site}: ${kilograms.toFixed(0)} kg CO2, grade ${grade}`
      } catch (error) {
        return String(error instanceof Error ? error.message : error)
      }
    })
    return [...lines, `${emissions.getStats()["runs"]} sites, ${rating.getStats()["runs"]} grades`]
  } finally {
    emissions.cleanup()
    rating.cleanup()
  }
}

/** The last is none. */
export const sites = ["Hall", "Mill", "Yard", "Shed"]
