import type { Socket } from 'node:net';

/** PostgreSQL's own code for a server that cannot take connections now: clients know it and try again. */
const cannotConnectNow = '57P03';
/** A client's question whether the connection can be encrypted, by TLS or by GSSAPI, before it says who it is. */
const encryptionRequests = new Set([80_877_103, 80_877_104]);
const requestBytes = 8;

/**
 * Refuses a connection of a PostgreSQL client in its own language, so that it says why.
 * Source: PostgreSQL's frontend/backend protocol, "Start-up" and ErrorResponse.
 *
 * @param last what the client has sent last; null: nothing so far
 */
export function refuseClient(socket: Socket, last: Buffer | null, sentence: string): void {
  const answer = (message: Buffer): void => {
    if (!asksForEncryption(message)) return void socket.end(encodeError(sentence));
    // Clients that asked read an error only after they were told no.
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
