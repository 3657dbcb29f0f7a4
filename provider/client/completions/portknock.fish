complete -c portknock -a '(portknock completion words -- (commandline -opc)[2..] 2>/dev/null)'
