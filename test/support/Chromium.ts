/**
 * A browser for tests: the one that `CHROMIUM_PATH` names, else an installed one, else the one of `@sparticuz/chromium`,
 * which comes with the libraries that a bare machine lacks.
 */
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { type Browser, chromium } from "playwright-core"

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const installed = (): string | undefined => {
  const folders = (process.env["PATH"] ?? "").split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable)
}

/** In one process it ends with its first page; and the page must be held to the rules of the web. */
const unwanted = new Set(["--single-process", "--no-zygote", "--disable-web-security"])

const packaged = async () => {
  // it unpacks its libraries where it believes to be in such a function
  process.env["AWS_LAMBDA_JS_RUNTIME"] ??= "nodejs22.x"
  process.env["AWS_EXECUTION_ENV"] ??= "AWS_Lambda_nodejs22.x"
  const { default: packaged } = await import("@sparticuz/chromium")
  return {
    executablePath: await packaged.executablePath(),
    args: packaged.args.filter((argument) => !unwanted.has(argument))
  }
}

/** The caller closes the browser. */
export const launch = async (): Promise<Browser> => {
  const executablePath = process.env["CHROMIUM_PATH"] ?? installed()
  const found = executablePath === undefined ? await packaged() : { executablePath, args: ["--no-sandbox"] }
  return chromium.launch({ ...found, headless: true })
}
