/** The last line of an answer about endpoints: the command that starts a test. */
export function nextFact(endpoint: string): readonly [string, string] {
  return ['Start a test', `snoop new ${endpoint}`];
}
