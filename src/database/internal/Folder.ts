/**
 * Folders that are made where they are missing, with those above them.
 *
 * One folder is made at a time: with `recursive`, Node tries for ever where a file system refuses a folder as if the one above
 * were missing, as `/proc` does.
 */
import { mkdir, stat } from "node:fs/promises"
import { dirname } from "node:path"

/**
 * Makes `folder` where it is missing. Rejects with an error of Node where a file stands there, or nothing can be made. `mode` is
 * who may do what in each folder that is made. Default: 0o777, less what the process masks.
 */
export const make = async (folder: string, mode = 0o777): Promise<void> => {
  const missing: Array<string> = []
  for (let at = folder; !(await isFolder(at)); at = dirname(at)) missing.unshift(at)
  for (const one of missing) {
    await mkdir(one, { mode }).catch(async (error: NodeJS.ErrnoException) => {
      // another process may have made it
      if (await isFolder(one)) return
      throw error.code === "ENOENT" ? failure("ENOTSUP", `no folder can be made in ${dirname(one)}`) : error
    })
  }
}

/** The mode of a folder into which its owner alone may look. */
export const ofOwner = 0o700

/** Rejects where a file stands there. */
const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => {
      if (found.isDirectory()) return true
      throw failure("ENOTDIR", `${path} is not a folder`)
    },
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && path !== dirname(path)) return false
      throw error
    }
  )

const failure = (code: string, message: string) => Object.assign(new Error(message), { code })
