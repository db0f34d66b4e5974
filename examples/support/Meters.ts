/**
 * The database that the migration reads: what the meters of some sites counted in two months.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

export interface Meters extends Disposable {
  readonly file: string
}

/** Writes the database into a new folder, which goes with it. */
export const create = (): Meters => {
  const folder = mkdtempSync(join(tmpdir(), "greenlang-"))
  const file = join(folder, "meters.db")
  const database = new DatabaseSync(file)
  database.exec(`
    CREATE TABLE sites (name TEXT PRIMARY KEY, country TEXT NOT NULL, square_metres REAL NOT NULL);
    CREATE TABLE readings (site TEXT NOT NULL REFERENCES sites, month TEXT NOT NULL, kwh REAL NOT NULL);
    INSERT INTO sites VALUES ('Hall', 'DE', 1200), ('Mill', 'FR', 3000), ('Yard', 'PL', 400);
    INSERT INTO readings VALUES ('Hall', '2025-01', 6000), ('Hall', '2025-02', 5000), ('Mill', '2025-01', 21000),
      ('Mill', '2025-02', 19500), ('Yard', '2025-01', 2100), ('Yard', '2025-02', 1900);
  `)
  database.close()
  return { file, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}
