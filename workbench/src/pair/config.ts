import { escapeFormat } from './multiplexer.ts';
import type { Place, SessionKind } from './place.ts';
import type { TmateServer } from './tmate-server.ts';

/**
 * Writes the configuration of a session. It replaces the user's own: everybody in the session needs the usual keys.
 * `-q` skips options that this version of tmux or tmate does not have.
 *
 * @param server null: tmux alone, or tmate's default server
 */
export function describeConfig(kind: SessionKind, innerTerminal: string, server: TmateServer | null): string {
  const lines = [
    `set -g default-terminal ${quote(innerTerminal)}`,
    'set -g history-limit 20000',
    'set -gq mouse on',
    // vi waits that long after every Escape.
    'set -sq escape-time 50',
    // Every terminal shows the whole window.
    'set -gq window-size smallest',
    'setw -gq aggressive-resize on',
    // Keeps SSH_AUTH_SOCK and DISPLAY of one user from the other.
    'set -gq update-environment ""',
    'setw -gq automatic-rename off',
    'setw -gq allow-rename off',
    'setw -gq pane-border-status top',
    'setw -gq pane-border-format " #{pane_title} "',
    'set -g status-left " snoop "',
    'set -g status-right " Ctrl-b o: next pane   Ctrl-b z: whole screen   Ctrl-b d: leave "',
    'set -g status-right-length 80',
  ];
  if (kind === 'tmate' && server !== null) {
    const { host, port, rsaFingerprint, ed25519Fingerprint } = server;
    lines.push(`set -g tmate-server-host ${quote(host)}`, `set -g tmate-server-port ${port}`);
    // Empty ones replace the fingerprints of tmate's own servers.
    lines.push(`set -g tmate-server-rsa-fingerprint ${quote(rsaFingerprint ?? '')}`);
    lines.push(`set -g tmate-server-ed25519-fingerprint ${quote(ed25519Fingerprint ?? '')}`);
    lines.push('set -gq tmate-server-ecdsa-fingerprint ""');
  }
  return `${lines.join('\n')}\n`;
}

/** Quotes checked words, without quotes or line breaks. */
function quote(word: string): string {
  return `"${word}"`;
}

/** The command that starts a session with its configuration and one waiting pane. */
export function describeStart(place: Place, workFolder: string, size: { columns: number; rows: number }): string[] {
  const waiting = 'echo "The panes are being opened ..."; exec sleep 600';
  const screen = ['-x', String(size.columns), '-y', String(size.rows)];
  return [
    '-f',
    place.config,
    'new-session',
    '-d',
    '-n',
    'pair',
    '-c',
    escapeFormat(workFolder),
    ...screen,
    'sh',
    '-c',
    waiting,
  ];
}
