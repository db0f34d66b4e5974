/** What a program of this system loads before its first line. */
export * from "@mastra/core/workflows"
