/** `200 ×3, 404` */
export function describeAnswers(answers: Readonly<Record<string, number>>): string {
  return Object.entries(answers)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([code, number]) => (number === 1 ? code : `${code} ×${number}`))
    .join(', ');
}
