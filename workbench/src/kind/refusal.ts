import type { Socket } from 'node:net';

/** PostgreSQL's code for a server that takes no connections now; clients retry. */
const cannotConnectNow = '57P03';
/** Requests for encryption by TLS or GSSAPI, which come before the start-up message. */
const encryptionRequests = new Set([80_877_103, 80_877_104]);
const requestBytes = 8;

/**
 * Refuses a PostgreSQL client with an error in its protocol ("Start-up" and ErrorResponse of the frontend/backend
 * protocol).
 *
 * @param last what the client sent last; null: nothing
 */
export function refuseClient(socket: Socket, last: Buffer | null, sentence: string): void {
  const answer = (message: Buffer): void => {
    if (!asksForEncryption(message)) return void socket.end(encodeError(sentence));
    // A client that asked for encryption reads an error only after a refusal.
    socket.once('data', answer);
    socket.write('N');
  };
  socket.resume();
  if (last) answer(last);
  else socket.once('data', answer);
}

function asksForEncryption(message: Buffer): boolean {
  return message.length === requestBytes && encryptionRequests.has(message.readInt32BE(4));
}

function encodeError(sentence: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${cannotConnectNow}\0M${sentence.replaceAll('\0', ' ')}\0\0`, 'utf8');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
