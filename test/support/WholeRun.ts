/** Whether vitest was asked for all tests, and not for those of a file or a folder. */
export const isWholeRun = process.argv.slice(2).every((argument) => argument === "run" || argument.startsWith("-"))
