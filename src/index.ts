export * from "./agent/index.ts"
export * from "./boundary/index.ts"
export * from "./llm/index.ts"
export * from "./pipeline/index.ts"
