/**
 * The rows of the table: work that waits, the ways to do it, and what one process of it showed.
 */

/** One after another, by hand with `Promise.all`, and in agents. */
export const ways = ["sequential", "hand", "agents"] as const

/** What a row waits for, how often, and the milliseconds that nothing can shorten; none where the work is not waiting. */
export interface Row {
  readonly asks: "service" | "postgres" | "sqlite"
  readonly millis: number
  readonly calls: number
  readonly ideal: number | undefined
  /** How many times faster than one after another it should be. */
  readonly target?: number
}

export const rows: Readonly<Record<string, Row>> = {
  "one call of 800 ms": { asks: "service", millis: 800, calls: 1, ideal: 800 },
  "three calls of 800 ms": { asks: "service", millis: 800, calls: 3, ideal: 800, target: 2.9 },
  "ten queries of 50 ms, PostgreSQL": { asks: "postgres", millis: 50, calls: 10, ideal: 50, target: 9 },
  "ten queries of about 50 ms, SQLite": { asks: "sqlite", millis: 50, calls: 10, ideal: undefined },
  "a pipeline of five agents, 400 ms each": { asks: "service", millis: 400, calls: 5, ideal: 400, target: 4.8 },
  "100 agents at once, 200 ms each": { asks: "service", millis: 200, calls: 100, ideal: 200, target: 90 }
}

/** A query that computes for about 50 ms, since SQLite has none that waits. */
export const countUp =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250000) SELECT max(i) AS top FROM n"

/** The work of a row in one way, and the end of what it has open. */
export interface Work {
  readonly run: () => Promise<unknown>
  readonly close: () => Promise<unknown>
}

/** What one process showed. The memory is that of the whole process, the CPU that of the work. */
export interface Way {
  readonly row: string
  readonly way: (typeof ways)[number]
  /** Milliseconds, the median of the rounds of the process. */
  readonly wall: number
  readonly cpu: number
  /** Megabytes at the most. */
  readonly memory: number
  readonly threads: number
  /** Open at the service or the server after the work and its closing. */
  readonly connections: number
}
