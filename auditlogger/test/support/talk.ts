import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** Writes to a connection, and reads until the program closes it. */
export async function talk(url: string, said: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(said));
  onTestFinished(() => void socket.destroy());
  // One that is cut with something unread ends with an error.
  socket.on('error', () => {});
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard += text;
  });
  await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  return heard;
}
