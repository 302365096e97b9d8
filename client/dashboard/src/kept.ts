// What the browser keeps between views. Where it is told to keep nothing, the very look at its storage
// throws: then it is kept for as long as the page is open.
class Store {
  private readonly inMemory = new Map<string, string>();

  constructor(private readonly open: () => Storage) {}

  get(key: string): string | null {
    const remembered = this.inMemory.get(key);
    if (remembered !== undefined) return remembered;
    try {
      return this.open().getItem(key);
    } catch {
      return null;
    }
  }

  // False where it will not outlive the page.
  set(key: string, text: string): boolean {
    try {
      this.open().setItem(key, text);
      this.inMemory.delete(key);
      return true;
    } catch {
      this.inMemory.set(key, text);
      return false;
    }
  }

  remove(key: string): void {
    this.inMemory.delete(key);
    try {
      this.open().removeItem(key);
    } catch {
      // There is nothing.
    }
  }

  outlives(key: string): boolean {
    return !this.inMemory.has(key) && this.get(key) !== null;
  }
}

export const ofTab = new Store(() => sessionStorage);
export const ofBrowser = new Store(() => localStorage);
