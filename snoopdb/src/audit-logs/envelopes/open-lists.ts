interface OpenList {
  /** Whether it is the value of an object's member; the object's other members follow. */
  isMember: boolean;
  /** Whether it is an `items` list, or another list of an object with one. */
  hasItems: boolean;
  /** Whether it is, or is in, the second `items` list of an object. */
  isRepeated: boolean;
  /** The shape of its events. */
  shape: string;
}

/** Arrays are not counted beyond this depth. */
const maxArrays = 4000;
/** Lists of objects are not entered beyond this depth, since finding each reads what follows again. */
const maxMemberLists = 20;

/** The lists that are open at a position of a log, and what was read last. */
export class OpenLists {
  /** Whether the next value is an item of the innermost list. */
  isItemNext = false;
  /** Whether a list has ended, and the line and the object around the list have not. */
  isAfterList = false;
  /** Whether a value has ended on this line. */
  isAfterValue = false;
  #lists: OpenList[] = [];

  get count(): number {
    return this.#lists.length;
  }

  /** Whether the next bracket or comma can belong to a list. */
  get isInList(): boolean {
    return this.isItemNext || this.isAfterValue || this.count > 0;
  }

  /** Whether the innermost list is the value of an object's member. */
  get isInMember(): boolean {
    return this.#lists.at(-1)?.isMember === true;
  }

  /** Whether the innermost list is, or is in, the second `items` list of an object. */
  get isRepeated(): boolean {
    return this.#lists.at(-1)?.isRepeated === true;
  }

  /** The shape of the next value, if it is an item. */
  get itemShape(): string | undefined {
    return this.isItemNext ? this.#lists.at(-1)?.shape : undefined;
  }

  /**
   * Whether an object's list can be entered. At the limit, closes all lists if the object is not an item of one, since
   * they were cut.
   */
  makeRoom(): boolean {
    if (this.count < maxMemberLists) return true;
    if (this.isItemNext) return false;
    this.#lists = [];
    return true;
  }

  enterMember(shape: string, isItems: boolean): void {
    this.#lists.push({ isMember: true, hasItems: isItems, isRepeated: this.isRepeated, shape });
    this.enterItem();
  }

  enterArray(shape: string): void {
    if (this.count < maxArrays)
      this.#lists.push({
        isMember: false,
        hasItems: false,
        isRepeated: this.isRepeated,
        shape: this.itemShape ?? shape,
      });
    this.enterItem();
  }

  enterItem(): void {
    this.isAfterValue = false;
    this.isItemNext = true;
  }

  endValue(): void {
    this.isAfterValue = true;
    this.isItemNext = false;
  }

  endList(): void {
    this.isAfterList = this.#lists.at(-1)?.isMember ?? true;
    if (!this.isInMember) this.#lists.pop();
    this.endValue();
  }

  /** Enters another list of the same object. */
  enterNextMember(isItems: boolean): void {
    const list = this.#lists.at(-1);
    if (list) {
      list.isRepeated ||= isItems && list.hasItems;
      list.hasItems ||= isItems;
    }
    this.isAfterList = false;
    this.isItemNext = true;
  }

  /** Ends the object whose member the innermost list is. */
  endObject(): void {
    if (this.isInMember) this.#lists.pop();
    this.isAfterList = false;
  }

  endLine(): void {
    this.isAfterValue = false;
    this.isAfterList &&= this.isInMember;
  }

  /** Skips a line that is too long; the lists stay open. */
  skipLine(): void {
    this.isItemNext = false;
    this.isAfterValue = false;
    this.isAfterList = false;
  }

  clear(): void {
    this.#lists = [];
    this.skipLine();
  }
}
