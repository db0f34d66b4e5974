export * as Database from "./Database.ts"
export { DatabaseError } from "./DatabaseError.ts"
