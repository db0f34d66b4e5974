/**
 * The folder of a database file.
 */
import { mkdir, stat } from "node:fs/promises"
import { dirname } from "node:path"

/**
 * Makes the folder where it is missing, and those above it. Only its owner may look into it.
 *
 * One folder is made at a time: with `recursive`, Node tries for ever where a file system refuses a folder as if the one above
 * were missing, as `/proc` does.
 */
export const make = async (folder: string): Promise<void> => {
  const missing: Array<string> = []
  for (let at = folder; !(await isFolder(at)); at = dirname(at)) missing.unshift(at)
  for (const one of missing) {
    await mkdir(one, { mode: 0o700 }).catch(async (error: unknown) => {
      // another process may have made it
      if (!(await isFolder(one))) throw error
    })
  }
}

/** Rejects where a file stands there. */
const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => {
      if (found.isDirectory()) return true
      throw Object.assign(new Error(`${path} is not a folder`), { code: "ENOTDIR" })
    },
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && path !== dirname(path)) return false
      throw error
    }
  )
