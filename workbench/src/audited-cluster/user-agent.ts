/** Agents with this beginning are live tests: their events land apart and never make an endpoint tested. */
export const liveTestPrefix = 'live-test-writing';

/** The API server cuts an agent at 1,024 bytes, perhaps in the middle of a character; this stays well below. */
const maxAgentBytes = 900;

/**
 * The user agent of a live test: `live-test-writing -- <test name>`.
 *
 * @param testName any text; control characters and line ends become blanks, and the agent is cut below 900 bytes of
 *   UTF-8 at the border of a character
 */
export function formatLiveTestAgent(testName: string): string {
  const name = testName.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trim();
  return name === '' ? liveTestPrefix : cutAtCharacter(`${liveTestPrefix} -- ${name}`, maxAgentBytes).trimEnd();
}

/** Node sends header values as latin1, one byte a character; so UTF-8 leaves as it is when each byte is given as a character. */
export function encodeHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function cutAtCharacter(text: string, limitBytes: number): string {
  if (Buffer.byteLength(text) < limitBytes) return text;
  let bytes = 0;
  let cut = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes >= limitBytes) break;
    cut += character;
  }
  return cut;
}
