/** An error of the proxy itself, in the form of the API server, so that clients print its message. */
export function createStatus(code: number, reason: string, message: string): Buffer {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return Buffer.from(`${JSON.stringify(status)}\n`);
}
