/**
 * The calls of the table by hand: with `fetch`, `pg` and `node:sqlite`.
 */
import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { Pool } from "pg"
import { countUp } from "./rows.ts"

export const makeCall = ({ asks, millis }, address, url) => {
  switch (asks) {
    case "service":
      return {
        call: async () => assert.equal((await (await fetch(address)).json()).waited, millis),
        close: async () => {}
      }
    case "postgres": {
      const pool = new Pool({ connectionString: url, max: 10 })
      return { call: () => pool.query("SELECT pg_sleep($1)", [millis / 1_000]), close: () => pool.end() }
    }
    case "sqlite": {
      const database = new DatabaseSync(":memory:")
      return { call: async () => database.prepare(countUp).get(), close: async () => database.close() }
    }
  }
}
