from craftlore.cli import main

main()
