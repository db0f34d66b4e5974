export { WrongRequest } from "./WrongRequest.ts"
